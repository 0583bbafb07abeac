"""The methods: each reads its part of the rule, knows its ballots, and counts them."""
