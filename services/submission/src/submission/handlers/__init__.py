"""The use cases: load, decide by the domain, save, record the event, commit. The only place that commits."""
