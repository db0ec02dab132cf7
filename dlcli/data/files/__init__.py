"""Files that data comes from: found, fetched, recorded, mapped; and the cache of those that dlcli makes."""
