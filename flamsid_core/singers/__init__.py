"""Who is singing: features, networks, training, evaluation, explanation, identification.

================  =====================================================================================
features/         what a model hears: frames, their cache, clip sets
networks/         the networks and the closed-form model, batching, augmentation
training/         parameters, a run, its fits, checkpoints, workers, the figures of a run
evaluation/       protocols, figures, audit, trivial baseline, verification, uncertainty, reliability
explanation/      why this singer: attribution, deletion, resynthesis
about             model.json: written, read, checked, without torch
model_store       a model as a folder: written, read, checked
identity          what an identification finds, without torch
identification    the door: sound in, singers with probabilities out
================  =====================================================================================

Parameters and tables are light to import; torch is loaded when a network is made, trained or opened.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
