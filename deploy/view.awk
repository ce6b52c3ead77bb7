# view.awk - formats log lines (logfmt) for a person at a terminal; passes on the simulator's
# conversation. Used by deploy/up.

function field(name,    at, rest, value) {
    at = index($0, " " name "=")
    if (substr($0, 1, length(name) + 1) == name "=") at = 0
    else if (!at) return ""
    rest = substr($0, at + length(name) + 2)
    if (substr(rest, 1, 1) == "\"") {
        rest = substr(rest, 2)
        value = ""
        while (match(rest, /["\\]/)) {
            value = value substr(rest, 1, RSTART - 1)
            if (substr(rest, RSTART, 1) == "\"") { tail = substr(rest, RSTART + 1); return value }
            value = value substr(rest, RSTART + 1, 1)
            rest = substr(rest, RSTART + 2)
        }
        return value
    }
    match(rest, /^[^ ]*/)
    tail = substr(rest, RLENGTH + 1)
    return substr(rest, 1, RLENGTH)
}

BEGIN {
    dim = colour ? "\033[2m" : ""; bold = colour ? "\033[1m" : ""; off = colour ? "\033[0m" : ""
    tint["error"] = colour ? "\033[1;31m" : ""
    tint["warn"] = colour ? "\033[33m" : ""
    tint["notice"] = colour ? "\033[36m" : ""
    tint["debug"] = dim
}

/^==> .* <==$/ || /^$/ { next }

/^ts=/ {
    level = field("level"); process = field("process")
    message = field("msg"); fields = tail
    printf "%s%s%s %s%-9s%s %s%s%s%s%s\n", dim, substr($0, 15, 8), off, tint[level], process, off,
        level == "error" ? tint[level] : "", message, off, dim, fields off
    fflush()
    next
}

{
    # A line of conversation: "Chat | Who: what".
    at = index($0, " | ")
    if (at) {
        rest = substr($0, at + 3)
        room = width - 29
        if (length(rest) > room)
            rest = substr(rest, 1, room - 1) "…"
        chat = substr(substr($0, 1, at - 1), 1, 18)
        printf "         %s%s%*s%s %s%s%s\n", dim, chat, 18 - length(chat), "", off,
            rest ~ /^bot:/ ? bold : "", rest, off
    } else
        print
    fflush()
}
