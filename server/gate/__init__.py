"""May this person be asked now? One answer for every channel."""
