"""The content-addressed side of Xet: what it stores, who may name it, how it is read back."""
