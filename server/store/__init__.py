"""What the house remembers: tables, and the questions asked of them."""
