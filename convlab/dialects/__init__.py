"""Each library's own words for a convolution, and how they read as a `convlab.ConvSpec`."""
