"""The region's work and the decision of eligibility: proposals, evidence, opinions, regional ranks."""
