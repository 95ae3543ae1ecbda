"""Training jobs on SageMaker: what they are sent, their launch, and the process here that follows them home."""
