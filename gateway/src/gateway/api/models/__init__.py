"""What the gateway's routes take and answer: a module for each feature. Shapes only."""
