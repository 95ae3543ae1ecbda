"""Make the model that reads reviews of anything: a teacher, what it judges, and the bundle that learns from it."""
