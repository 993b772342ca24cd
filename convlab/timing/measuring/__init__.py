"""What happens in a worker: operands, the check against the definition, the clock, memory, facts of the machine."""
