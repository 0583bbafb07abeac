"""What runs inside the sandbox: predict, score, train. No Django, nothing else of ours.

Needs torch, transformers, safetensors and numpy; scoring needs numpy alone. Started as
`python -m finetuning.runners predict|score|train` with the channel's arguments.
"""
