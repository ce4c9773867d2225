"""What cluster algorithms share: reflections of a spin, labels of clusters, functions of whole arrays."""
