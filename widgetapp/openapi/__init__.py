"""The OpenAPI document: `described` says what each operation is, `hooks` what all have in common."""
