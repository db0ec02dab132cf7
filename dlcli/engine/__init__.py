"""The contracts of every component, and the machine that runs them: graph, plan, workers. Knows no concrete layer."""
