"""The transfer side: members' bytes in and out under signed addresses, away from the pages."""
