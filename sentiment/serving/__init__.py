"""What runs inside a container: one handler, behind our own small server or behind AWS's TorchServe."""
