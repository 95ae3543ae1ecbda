"""Big tables through SageMaker's batch transform: a plan and its price, the job, its files up and down."""
