"""The layer table: every call of the network, its shapes and costs."""
