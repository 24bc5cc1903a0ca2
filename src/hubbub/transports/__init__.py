"""How clients of the client protocol connect. A transport adds framing, nothing else."""
