"""What a model declares: arrays, phases, observables. All that the compiler knows of models."""
