"""Endpoints: a bundle as a model, deployed and compared with itself here, asked, changed, priced and deleted."""
