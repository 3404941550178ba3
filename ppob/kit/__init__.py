"""Tools without domain knowledge that every app may use."""
