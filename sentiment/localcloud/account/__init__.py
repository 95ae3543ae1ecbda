"""The account of the local cloud: its services other than SageMaker, and faults on demand."""
