"""Score large tables with SageMaker batch transform: plan and price, the job, and its input and output files."""
