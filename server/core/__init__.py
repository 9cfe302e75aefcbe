"""The rules, pure: values in, values out; time is an argument."""
