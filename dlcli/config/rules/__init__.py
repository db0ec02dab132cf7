"""What a config must be beyond its schema: rules that see the data, the network and the numbers together."""
