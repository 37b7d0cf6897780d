"""Form II.06a counted twice, frozen figures, and the risk-limiting check of them."""
