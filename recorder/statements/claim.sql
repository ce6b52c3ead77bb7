-- The username that a row takes on, as usernames are compared; NULL when it keeps what it has.
CASE WHEN s.username <> ''
    AND s.username IS DISTINCT FROM k.username
    AND lower(s.username) IS DISTINCT FROM lower(k.username)
  THEN lower(s.username)
END AS claim
