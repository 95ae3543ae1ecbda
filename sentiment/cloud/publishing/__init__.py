"""An endpoint as a public API: one CloudFormation stack, made, looked at and removed."""
