"""Obligations, payments, receipts."""
