"""The network as a graph whose modules open and close."""
