"""What a config must be beyond its schema: rules that see the data, the network and the numbers together.

A rule yields what is wrong as problems with their places. `dlcli/config/build.py` holds the list and asks: first what
is about the data alone, then what is about the experiment.
"""
