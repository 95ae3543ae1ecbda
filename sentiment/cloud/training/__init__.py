"""Training jobs on SageMaker: their inputs, their launch, and the local process that follows them."""
