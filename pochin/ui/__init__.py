"""The look: components, charts, the base page, the helpers of every page."""
