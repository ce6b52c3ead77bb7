"""Small changes of C code: what could be changed in a file, found by tokens.

Only code inside functions is changed, and none of what has no behaviour that a test could see:
comments, strings, preprocessor lines, log calls, static assertions, sizes of arrays, and long hex
constants, of which any would do.

Two more kinds are found, counted and left out, wherever they stand:

PANIC  The arguments of panic(), its call, and the whole condition of an `if` (without `else`) whose
       body is nothing more. By the rule of this project (CONTRIBUTING.md) only a mistake of our own
       reaches it, which a test would have to make first. Changes that any test would notice, like a
       condition turned round, are left out with the others.
ROOM   A number that becomes larger in a sum or a product that says how much memory is allocated
       (ALLOCATIONS). More room than is needed looks like as much as is needed. A number that
       becomes smaller is changed: the sanitizers see who writes past the end.
"""

import collections
import re

Token = collections.namedtuple("Token", "kind text start end")
# The text from start to end becomes `after`.
Change = collections.namedtuple("Change", "start end after")
# A change in a function, and why it is left out: "" if it is not.
Found = collections.namedtuple("Found", "function change left_out")

PANIC = "panic() and its condition"
ROOM = "more room than is needed"

TOKENS = re.compile(r"""
    (?P<space>\s+|\\\n)
  | (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<directive>\#(?:/\*.*?\*/|\\\n|[^\n])*)
  | (?P<string>(?:L|u8|[uU])?"(?:\\.|[^"\\])*"|[LuU]?'(?:\\.|[^'\\])*')
  | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<sign>->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\.\.\.|.)
""", re.VERBOSE | re.DOTALL)

SWAPS = {
    "==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "&&": "||", "||": "&&",
    "+=": "-=", "-=": "+=", "++": "--", "--": "++", "true": "false", "false": "true",
}
# What fails returns less than 0, and 0 is a descriptor or a process that is never one of ours: nobody
# can see whether it would be taken for a failure.
SWAPS_BEFORE_0 = {**SWAPS, "<": ">=", ">=": "<"}
INTEGER = re.compile(r"(0|[1-9]\d*|0[xX][0-9a-fA-F]{1,4})([uUlL]*)")
HEADS = ("if", "for", "while", "switch")
KEYWORDS = HEADS + ("return", "case", "goto", "break", "continue", "do", "else", "default", "sizeof",
                    "const", "static", "struct", "enum", "union", "typedef", "extern")
ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "++", "--")
ALLOCATIONS = ("xmalloc", "xcalloc", "xrealloc", "xreallocarray", "xshare", "array_reserve",
               "buffer_reserve", "arena_alloc", "ctx_alloc")
LESS = ("-", "/", "%", ">>", "&", "?")  # with these, a larger number may mean less room
WITHOUT_BEHAVIOUR = re.compile(r"log_\w+|static_assert|_Static_assert")


def tokens_of(text):
    found = (Token(match.lastgroup, match.group(), match.start(), match.end())
             for match in TOKENS.finditer(text))
    return [token for token in found if token.kind not in ("space", "comment", "directive")]


def closing(tokens, at):
    """Where what opens at `at` closes; the end of the file, if it never does."""
    depth = 0
    for index in range(at, len(tokens)):
        if tokens[index].text in ("(", "[", "{"):
            depth += 1
        elif tokens[index].text in (")", "]", "}"):
            depth -= 1
            if depth == 0:
                return index
    return len(tokens) - 1


def opening(tokens, at):
    """Where what closes at `at` opens."""
    depth = 0
    for index in range(at, -1, -1):
        if tokens[index].text in (")", "]", "}"):
            depth += 1
        elif tokens[index].text in ("(", "[", "{"):
            depth -= 1
            if depth == 0:
                return index
    return 0


def functions(tokens):
    """(name, first, last): first and last are the braces of each function."""
    at = 0
    while at < len(tokens):
        if tokens[at].text in ("(", "[", "{"):
            end = closing(tokens, at)
            if tokens[at].text == "{" and at > 0 and tokens[at - 1].text == ")":
                yield tokens[opening(tokens, at - 1) - 1].text, at, end
            at = end
        at += 1


def is_array_size(tokens, at):
    """Of a declaration in a function: `char name[64];`."""
    name, kind = tokens[at - 1], tokens[at - 2]
    return (tokens[at].text == "[" and name.kind == "word" and kind.kind == "word" and
            kind.text not in KEYWORDS)


def without_behaviour(tokens, first, last):
    """The indexes of tokens of log calls, static assertions and sizes of arrays."""
    skipped = set()
    for at in range(first, last):
        is_call = WITHOUT_BEHAVIOUR.fullmatch(tokens[at].text) and tokens[at + 1].text == "("
        if is_call or is_array_size(tokens, at):
            skipped.update(range(at, closing(tokens, at + bool(is_call)) + 1))
    return skipped


def swaps(tokens, at):
    token, before = tokens[at], tokens[at - 1]
    if token.text in SWAPS:
        table = SWAPS_BEFORE_0 if tokens[at + 1].text == "0" else SWAPS
        yield Change(token.start, token.end, table[token.text])
    elif token.text in ("+", "-"):
        if (before.kind in ("number", "word") and before.text not in KEYWORDS or
                before.text in (")", "]")):
            yield Change(token.start, token.end, "-" if token.text == "+" else "+")
    elif token.kind == "number" and not (token.text == "0" and before.text in ("<", ">=")):
        integer = INTEGER.fullmatch(token.text)
        for step in (1, -1) if integer else ():
            value = int(integer[1], 0) + step
            if value >= 0:
                yield Change(token.start, token.end, f"{value}{integer[2]}")


def negation(text, tokens, at):
    """if (x) -> if (!(x))"""
    if tokens[at].text == "if" and tokens[at + 1].text == "(":
        start, end = tokens[at + 1].end, tokens[closing(tokens, at + 1)].start
        yield Change(start, end, f"!({text[start:end]})")


def is_start_of_statement(tokens, at, heads):
    before = tokens[at - 1].text
    return before in ("{", "}", ";", "else", "do", ":") or at - 1 in heads


def end_of_statement(tokens, at):
    """The semicolon of a statement without a block; None of one with a block."""
    while tokens[at].text != ";":
        if tokens[at].text in ("{", "}", ":"):
            return None
        at = closing(tokens, at) if tokens[at].text in ("(", "[") else at
        at += 1
    return at


def is_declaration(tokens, at):
    words = [token.kind == "word" for token in tokens[at:at + 3]]
    return words[0] and (words[1] or tokens[at + 1].text == "*" and words[2])


def deletion(tokens, at, heads):
    """A call or an assignment goes."""
    first = tokens[at]
    if (not is_start_of_statement(tokens, at, heads) or first.text in KEYWORDS or
            is_declaration(tokens, at)):
        return
    end = end_of_statement(tokens, at)
    if end is None or end == at:
        return
    statement = tokens[at:end]
    is_call = first.kind == "word" and tokens[at + 1].text == "(" or first.text == "("
    if is_call or any(token.text in ASSIGNMENTS for token in statement):
        yield Change(first.start, tokens[end - 1].end, "")


def panics(tokens, first, last):
    """The indexes of the tokens of panic(…), and of the head of an `if` whose body it is."""
    found = set()
    for at in range(first, last):
        if tokens[at].text != "panic" or tokens[at + 1].text != "(":
            continue
        start, end = at, closing(tokens, at + 1)
        behind = end + 2  # what follows the semicolon
        if tokens[start - 1].text == "{" and tokens[behind].text == "}":
            start, behind = start - 1, behind + 1
        if tokens[start - 1].text == ")" and tokens[behind].text != "else":
            head = opening(tokens, start - 1) - 1
            at = head if tokens[head].text == "if" else at
        found.update(range(at, end + 1))
    return found


def numbers_of_room(tokens, first, last):
    """The indexes of numbers of which a larger one means more memory."""
    found = set()
    for at in range(first, last):
        if tokens[at].text not in ALLOCATIONS or tokens[at + 1].text != "(":
            continue
        end = closing(tokens, at + 1)
        if any(token.text in LESS and tokens[index - 1].text not in ("(", ",")
               for index, token in enumerate(tokens[at:end], at)):
            continue
        index = at + 2
        while index < end:
            if tokens[index].text in ("(", "["):
                index = closing(tokens, index)
            elif tokens[index].kind == "number":
                found.add(index)
            index += 1
    return found


def changes_at(text, tokens, at, heads):
    yield from swaps(tokens, at)
    yield from negation(text, tokens, at)
    if heads is not None:
        yield from deletion(tokens, at, heads)


def is_larger(text, change):
    before, after = text[change.start:change.end], change.after
    return int(INTEGER.fullmatch(after)[1], 0) > int(INTEGER.fullmatch(before)[1], 0)


def changes(text):
    """All that could be changed, in the order of the file, with what is left out."""
    tokens = tokens_of(text)
    for function, first, last in functions(tokens):
        skipped = without_behaviour(tokens, first, last)
        ours, room = panics(tokens, first, last), numbers_of_room(tokens, first, last)
        inside = [at for at in range(first + 1, last) if at not in skipped]
        heads = {closing(tokens, at + 1) for at in inside if tokens[at].text in HEADS}
        depth = 0
        for at in inside:
            depth += (tokens[at].text in ("(", "[")) - (tokens[at].text in (")", "]"))
            for change in changes_at(text, tokens, at, heads if depth == 0 else None):
                left_out = PANIC if at in ours else ""
                if at in room and is_larger(text, change):
                    left_out = ROOM
                yield Found(function, change, left_out)


def apply(text, change):
    return text[:change.start] + change.after + text[change.end:]


def with_traps(text):
    """Each function ends the process as soon as it is called."""
    tokens = tokens_of(text)
    for _, first, _ in reversed(list(functions(tokens))):
        text = text[:tokens[first].end] + "__builtin_trap();" + text[tokens[first].end:]
    return text


def describe(text, change):
    """(line, before, after), each without line breaks."""
    start = text.rfind("\n", 0, change.start) + 1
    end = text.find("\n", change.end)
    before = text[start:end]
    after = text[start:change.start] + change.after + text[change.end:end]
    return text.count("\n", 0, change.start) + 1, " ".join(before.split()), " ".join(after.split())
