"""Procedures, forms, fees, channels, rollout by agency and date."""
