"""Just enough of Rust's grammar to find functions, statements and match arms in sources that rustfmt has formatted."""
import re

PAIRS = {"(": ")", "{": "}", "[": "]"}
WORDS = {"let", "if", "for", "while", "match", "return", "loop", "fn", "use", "const", "struct", "impl", "pub", "break",
         "continue", "mod", "type", "enum", "static", "trait", "unreachable", "assert", "panic", "else", "move", "where"}


def mask(text):
    """`text` with blanks in the place of comments and of what stands in string and character literals."""
    pattern = r'//[^\n]*|/\*.*?\*/|r#*"(?:.*?)"#*|"(?:\\.|[^"\\])*"|\'(?:\\(?:u\{\w+\}|.)|[^\\\'\n])\''
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.S)


def closing(masked, start):
    """The place behind the bracket that closes the one at `start`."""
    depth = 0
    for at in range(start, len(masked)):
        if masked[at] in PAIRS:
            depth += 1
        elif masked[at] in PAIRS.values():
            depth -= 1
            if depth == 0:
                return at + 1
    raise ValueError("an open bracket")


def end_of(masked, start, stops):
    """The place of the first of `stops` outside of the brackets that open behind `start`, or of the bracket that ends it all."""
    at = start
    while at < len(masked):
        if masked[at] in stops or masked[at] in PAIRS.values():
            return at
        at = closing(masked, at) if masked[at] in PAIRS else at + 1
    return at


class Function:
    def __init__(self, name, result, start, end):
        self.name, self.result, self.start, self.end = name, result, start, end


def functions(masked):
    """Each function with a body, in the order of the text: its name, the text of its result type, and where its body is."""
    found = []
    for match in re.finditer(r"\bfn (\w+)", masked):
        at = end_of(masked, match.end(), "{;")
        if masked[at] != "{":
            continue
        head = re.sub(r"\s+", " ", masked[match.end():at])
        arrow = re.search(r"\) -> ([^()]*(?:\([^()]*\)[^()]*)*)$", head.split(" where ")[0])
        result = arrow.group(1).strip() if arrow else ""
        found.append(Function(match.group(1), result, at, closing(masked, at)))
    return found


def innermost(found, at):
    around = [function for function in found if function.start <= at < function.end]
    return min(around, key=lambda function: function.end - function.start, default=None)


def statements(masked):
    """Where each expression statement that is a call or an assignment begins and ends (behind the semicolon)."""
    for match in re.finditer(r"^[ \t]+(?=\*?([a-z_]\w*)[\w.:\[\]() ]*?(?:[.\[(:]|\s\S?=\s))", masked, re.M):
        start = match.end()
        before = masked[:start].rstrip()
        if match.group(1) in WORDS or not before or before[-1] not in "{};":
            continue
        end = end_of(masked, start, ";")
        if end < len(masked) and masked[end] == ";":
            yield start, end + 1


def arms(masked):
    """Where the expression of each match arm that is no block begins and ends."""
    for match in re.finditer(r"=> *\n? *", masked):
        start = match.end()
        if start < len(masked) and masked[start] not in "{":
            yield start, end_of(masked, start, ",")
