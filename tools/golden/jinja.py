#!/usr/bin/env python3
"""What jinja2, set up as transformers does for chat templates, renders: cases for text_test.

  jinja.py small OUT                 cases of the language, one construct each (committed under tests/golden/jinja)
  jinja.py templates OUT             the templates OUT/*.jinja (Qwen2.5-VL's and, for tools, Qwen2.5's, as published; Apache-2.0)
                                     over conversations with system text, images, videos and tools (committed)
  jinja.py live OUT TEMPLATE ...     the given template files over many conversations. Then:
                                     LINGSHU_JINJA_CASES=OUT build/release/text_test --gtest_filter='Jinja*'

A case is {"template", "variables", "text"}, or "error": true where jinja2 refuses.
"""
import itertools
import json
import os
import sys

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_pass"), [], [], body).set_lineno(line)

    def _pass(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


ENVIRONMENT = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
ENVIRONMENT.filters["tojson"] = tojson
ENVIRONMENT.globals["raise_exception"] = raise_exception


def case(template, variables):
    result = {"template": template, "variables": variables}
    try:
        result["text"] = ENVIRONMENT.from_string(template).render(**variables)
    except Exception as error:  # any refusal counts
        result["error"] = True
        result["why"] = type(error).__name__
    return result


VARIABLES = {
    "s": "Héllo wörld, 左肺 x  ", "t": "a,b,,c", "n": 7, "m": -3, "f": 2.5, "yes": True, "no": False, "nil": None, "empty": "", "list": [3, 1, 2, 1],
    "words": ["b", "a", "C"], "d": {"b": 1, "a": [1, "x"], "items": "own"}, "nested": {"k": {"q": "\"'\n\\<>&é"}},
    "people": [{"name": "Ann", "age": 30}, {"name": "bob", "age": 20, "on": True}, {"name": "Cy"}],
}

EXPRESSIONS = """
1 + 2 * 3 - 4|1 + 2 ~ 3|[7 // 2, 7 % 3, -7 // 2, -7 % 3, 7 / 2]|2 - -1|-n|+n|n == 7 and m < 0|not yes or no|not no and yes|n if yes else m|n if no|'a' 'b' "c"
1 < 2 < 3|1 < 3 < 2|n in list|3 in list|3 not in list|'a' in s|'zz' in s|'b' in d|'z' in d|nil is none|missing is defined|missing is not defined|s is string
d is mapping|list is iterable|list is sequence|n is number|f is float|n is integer|yes is boolean|yes is true|no is false|n is odd|n is even|n is divisibleby 7
n is divisibleby(2)|n is eq 7|n is ne(8)|n is gt 5|n is in [7, 8]|s[0]|s[-3]|s[1:4]|s[::-1]|s[:-3]|s[10:2]|s[100:]|s[1:9:3]|list[0]|list[-1]|list[1:]|list[:2]|list[::-1]
list[::2]|list[5]|list[-9:9]|d.a|d['a']|d.a[1]|d.missing|d['missing']|d.items() | map('join', ':') | list|d['items']|d.keys() | list|d.values() | list|d.get('b')|d.get('z')|d.get('z', 5)
nested.k.q|nested|list|words|d|yes|nil|f|1.0|1e3|1.5e-3|2.50|missing|missing.x|missing['x']|missing + 1|missing ~ 'x'|nil.x|s + 1|s ~ 1|'ab' * 3|2 * 'ab'|[1] + [2]
s | trim|s | length|list | length|d | length|missing | length|s | upper|s | lower|s | title|s | capitalize|words | join(', ')|words | join|list | join('-')|people | join(',', attribute='name')
missing | default('x')|empty | default('x')|empty | default('x', true)|empty | d('y', boolean=true)|list | first|list | last|[] | first|s | first|words | map('upper') | list
people | map(attribute='name') | list|people | map(attribute='age', default=0) | list|list | select('gt', 1) | list|list | reject('eq', 1) | list|list | select | list
people | selectattr('on') | list | length|people | selectattr('on', 'defined') | map(attribute='name') | join|people | rejectattr('name', 'equalto', 'bob') | list | length
people | selectattr('name', 'in', ['Ann', 'Cy']) | map(attribute='name') | list|list | reverse | list|'abc' | reverse|list | unique | list|d | dictsort | map('first') | list|d | items | map('last') | list|s | replace('l', 'L')
s | replace('l', 'L', 1)|'7' | int|'x' | int|'x' | int(3)|'3.7' | int|f | int|'2.5' | float|n | float|n | string|m | abs|'a\\nb\\n\\nc' | indent|'a\\nb' | indent(2, true)
d | tojson|nested | tojson|list | tojson|s | tojson|f | tojson|nil | tojson|yes | tojson|d | tojson(indent=2)|[] | tojson(indent=2)|{} | tojson|[[], {}] | tojson(indent=4)|d | tojson(ensure_ascii=False)
s.upper()|s.strip()|s.rstrip()|s.lstrip('H')|s.strip(' xH')|s.startswith('Hé')|s.endswith('x  ')|s.startswith(('q', 'H'))|t.split(',')|t.split(',', 1)|t.split(',')[-1]|s.split()|s.split(none, 1)
t.rsplit(',', 1)|t.rsplit(',')|'a\\nb\\n'.splitlines()|s.replace('l', '')|s.replace('l', 'LL', 1)|s.find('w')|s.find('zz')|s.count('l')|','.join(words)|s.removeprefix('H')|s.removesuffix('  ')
s.title()|s.capitalize()|s.lower()|t.split('')|s.nothing()|s.nothing|range(4) | list|range(1, 8, 3) | list|range(3, 0, -1) | list|namespace(a=1).a|dict(a=1, b='x')|dict(a=1).b
{'a': 1, 'b': [1, 2], 'c': {}}|{}|[]|[1, [2, 'x', none, true, 1.5]]|(1, 2) | list|('x')|() | length|"it's"|["it's", 'q"q', 'both\\'"']|'\\t\\n\\x41\\u00e9\\q' | length|'tab\\there'|"\\u5de6"
(n + 1) * 2|n | abs + 1|-3 | abs|-(3) | abs|- n | string|not n == 7|n == 7.0|yes == 1|'1' == 1|[1, 2] == [1, 2]|{'a': 1} == {'a': 1.0}|nil == missing|missing == other|'a' < 'b'|'a' < 1|2 < 'a'
n is string or s is string|n is not string and s is string|s is defined and s|(s is defined) and n|people[0].name ~ people[1]['name']|people[0].get('age', 0) + 1|people | length - 1|(people | length) - 1
raise_exception('no: ' ~ n)|1 / 0|1 // 0|1 % 0|9223372036854775807|s is unknowntest|s | unknownfilter|unknownfunction(1)|s()|n.x|n[0]|d.b.c|5 is iterable|1 in 5|'x' in missing
loop|loop.index|'%s' | length|"{{" ~ '}}'|'{%'|'#}'|{'x': {'y': 2}}.x.y|{'x': {'y': 2}}['x']['y']|s | trim | length|words[0] | upper ~ 'z'|'<b>&"' | tojson|'a' if yes else 'b' if no else 'c'
"they're here (so)-so {x}" | title|"they're here (so)-so {x}".title()|'stra\u00dfe' | upper|'stra\u00dfe'.upper()|'\u00dfx'.title()|'\u00dfx'.capitalize()|'\u0130'.lower() | length|'a\\r\\nb\\rc\\x0bd\\u2028e\\n'.splitlines()|''.splitlines()
""".strip("\n").replace("\n", "|")

STATEMENTS = [
    "{% for x in list %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{% for x in list %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }};{% endfor %}",
    "{% for x in list %}[{{ loop.previtem }}|{{ loop.nextitem }}|{{ loop.nextitem is defined }}]{% endfor %}",
    "{% for x in [] %}a{% else %}none{% endfor %}{% for x in missing %}a{% else %}none{% endfor %}",
    "{% for x in list if x > 1 %}{{ x }}:{{ loop.index }}/{{ loop.length }} {% endfor %}",
    "{% for x in list if x > 9 %}a{% else %}b{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k, v in d | items %}{{ k }}{% endfor %}", "{% for k in d %}{{ k }}{% endfor %}",
    "{% for c in 'aé左' %}<{{ c }}>{% endfor %}", "{% for k, v in list %}x{% endfor %}", "{% for x in nil %}x{% endfor %}", "{% for x in 5 %}x{% endfor %}",
    "{% for x in list %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}", "{% for x in list %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in list %}{% for y in words %}{{ x }}{{ y }}{{ loop.index }}{% endfor %}{{ loop.index }} {% endfor %}",
    "{% set x = 1 %}{% for y in list %}{{ x }}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}",
    "{% set ns = namespace(x=1) %}{% for y in list %}{% set ns.x = ns.x + y %}{% endfor %}{{ ns.x }}", "{% set ns = namespace() %}{{ ns.y }}{% set ns.y = 's' %}{{ ns.y }}",
    "{% set d.b = 5 %}", "{% set x.y = 5 %}", "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set a, b = [3, 4] %}{{ b }}{{ a }}", "{% set a = 1, 2 %}{{ a | list }}",
    "{% set x %}a{{ n }}b{% endset %}[{{ x }}]{{ x | length }}", "{% if yes %}{% set x = 5 %}{% endif %}{{ x }}", "{% set n = n + 1 %}{{ n }}",
    "{% if no %}a{% elif n == 7 %}b{% else %}c{% endif %}", "{% if no %}a{% elif no %}b{% else %}c{% endif %}", "{% if no %}a{% endif %}", "{% if missing %}a{% else %}b{% endif %}",
    "{% macro m(a, b=2, c='x') %}{{ a }}-{{ b }}-{{ c }};{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(1, c='q') }}{{ m(b=5, a=4) }}{{ m() }}",
    "{% macro m(a) %}{{ n }}{% if a > 0 %}{{ a }}{{ m(a - 1) }}{% endif %}{% endmacro %}{{ m(3) }}", "{% macro m(a) %}x{% endmacro %}{{ m(1, 2) }}",
    "{% macro m() %}{{ z }}{% endmacro %}{% set z = 5 %}{{ m() }}", "{% for x in list %}{% macro m(a) %}{{ a }}{% endmacro %}{{ m(x) }}{% endfor %}",
    "{% macro a() %}A{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}", "{{ m() }}", "{% macro m(x) %} {{ x }} {% endmacro %}[{{ m(1) | trim }}][{{ m('q') ~ m('r') }}]",
    "{% macro m(t) %}{% for x in t %}{{ x }}{% break %}{% endfor %}{% endmacro %}{{ m(list) }}",
    "a {# c #} b", "a {#- c -#} b", "{# {{ x }} {% if #}z", "  {# c #}\nb", "a\n  {# c #}\nb", "a  {#+ c +#}\nb",
    "a\n{% if yes %}\nb\n{% endif %}\nc", "a\n  {% if yes %}\n  b\n  {% endif %}\nc", "a\n  {%- if yes -%}\n  b\n  {%- endif -%}\nc", "a\n  {%+ if yes +%}\n  b\n  {%+ endif +%}\nc",
    "a \n {{- n -}} \n b", "a \n {{ n }} \n b", "a \n {{+ n }} \n b", " {% if yes %} x {% endif %} y", "x {% if yes %} x {% endif %} y", "{% if yes %}\n\nb{% endif %}\n\n", "a\n", "a\n\n", "\n", "",
    "a\r\nb\r\n{% if yes %}\r\nc{% endif %}\r\n", "{% if yes -%}  \n x{%- endif %}  ", "\t{% if yes %}\t\n\tx\n\t{% endif %}", "{{ n }}\n{{ n }}\n", "{{ n }}  {% if yes %}\n{% endif %}",
    "{% if yes %}{% endif %}  {% if yes %}x{% endif %}", "{% if yes %}\n  {% if yes %}\n  x\n  {% endif %}\n{% endif %}", "a{{ '\n' }}  {% if yes %}b{% endif %}", "x\n{{ n -}}\n  {% if yes %}y{% endif %}",
    "{% raw %}{{ x }} {% if %}{% endraw %}z", "a {%- raw -%} {{ x }} {%- endraw -%} b", "{% raw %}\na\n{% endraw %}\nb", "{{ '{% raw %}' }}",
    "{{ {'a': {'b': 1}} }}", "{{ {'a': {'b': 1}}['a'] }}", "{{\nn\n}}", "{% set x = [\n1,\n2,\n] %}{{ x }}", "{{ n }", "{% if %}", "{% endif %}", "{% if yes %}", "{% for x in %}{% endfor %}", "{{ }}", "{{ 1 + }}",
    "{{ (1 }}", "{{ 'a }}", "{# x", "{% include 'x' %}", "{% frobnicate %}", "{% break %}", "{% generation %}a{{ n }}{% endgeneration %}", "a { b } c {", "{ {{ n }} }", "{{{n}}}", "{{ {} }}",
    "{% for message in people %}{{ '<|im_start|>' + message.name + '\n' }}{% endfor %}", "{{ people[0]['name'] + (people[1].age | string) }}",
    "{%- for p in people -%}\n  {{- p.name }}\n{%- endfor -%}", "{% for p in people %}\n    {%- if p.on is defined and p.on %}\n        {{- 'on' }}\n    {%- elif loop.first %}\n        {{- 'first' }}\n    {%- endif %}\n{% endfor %}",
    "{% for p in people[::-1] %}{{ (people | length - 1) - loop.index0 }}{% endfor %}", "{% for p in people %}{{ people[loop.index0 - 1].name }}{% endfor %}",
    "{{ 'x' if n is defined and n is not none else 'y' }}", "{% if n is defined and n is number and not n is string %}z{% endif %}", "{% if not(s.startswith('a') and s.endswith('b')) %}q{% endif %}",
    "{% set x = s.split('</think>')[-1].lstrip('\\n') %}{{ x }}", "{% set x = (s.split('l') | last).lstrip('o') %}{{ x }}", "{{ s | replace('左', '') | trim | upper }}", "{{- s -}}", "{% if 'a' in words and words | length > 2 %}k{% endif %}",
    "{% for x in range(3) %}{{ x }}{% endfor %}", "{% for x, y in [(1, 2), (3, 4)] %}{{ x + y }}{% endfor %}", "{% set x = 'a' %}{% set x = x ~ 'b' ~ n %}{{ x }}", "{{ [people[0], people[1]] | map(attribute='name') | join('+') }}",
]


def small(out):
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "cases.jsonl"), "w", encoding="utf-8", newline="\n") as file:
        for expression in EXPRESSIONS_LIST:
            file.write(json.dumps(case("{{ " + expression + " }}", VARIABLES), ensure_ascii=False) + "\n")
        for statement in STATEMENTS:
            file.write(json.dumps(case(statement, VARIABLES), ensure_ascii=False) + "\n")


def split_expressions(text):
    """Splits at | that has no space beside it: filters are written with spaces here."""
    parts, current = [], ""
    for i, c in enumerate(text):
        if c == "|" and text[i - 1] != " " and text[i + 1:i + 2] != " ":
            parts.append(current)
            current = ""
        else:
            current += c
    return parts + [current]


EXPRESSIONS_LIST = split_expressions(EXPRESSIONS)

TOOLS = [{"type": "function", "function": {"name": "dose", "description": "Dose \"per\" kg <b>é</b>\nline", "parameters": {"type": "object", "properties": {
    "mg": {"type": "number", "description": "mg"}, "route": {"type": "string", "enum": ["oral", "iv"]}}, "required": ["mg"]}}}]
CALL = {"id": "call_123456789", "type": "function", "function": {"name": "dose", "arguments": {"mg": 1.5, "route": "iv"}}}
CONVERSATIONS = [
    [{"role": "user", "content": "hi"}],
    [{"role": "system", "content": "You are a doctor.\n"}, {"role": "user", "content": " What is it? "}],
    [{"role": "system", "content": "S"}, {"role": "user", "content": "Q1"}, {"role": "assistant", "content": "<think>\nthought\n</think>\n\nA1\n"}, {"role": "user", "content": "Q2\n"}],
    [{"role": "user", "content": "Q1"}, {"role": "assistant", "content": "A1"}, {"role": "user", "content": "Q2"}, {"role": "assistant", "content": "A2"}],
    [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "", "tool_calls": [CALL]}, {"role": "tool", "name": "dose", "tool_call_id": "call_123456789", "content": "{\"mg\": 2}"}],
    [{"role": "user", "content": "Q"}, {"role": "assistant", "content": None, "reasoning_content": "why", "tool_calls": [CALL, CALL]}, {"role": "tool", "content": "r1"}, {"role": "tool", "content": "r2"}],
    [{"role": "user", "content": [{"type": "text", "text": "look"}, {"type": "image"}, {"type": "image_url", "image_url": "x"}, {"type": "video"}, {"type": "text", "text": "here"}]}],
    [{"role": "system", "content": [{"type": "text", "text": "S"}]}, {"role": "user", "content": [{"type": "video", "video": "a.mp4"}, {"type": "image"}, {"video": "b.mp4"}, {"text": "compare"}]}],
    [{"role": "user", "content": [{"type": "image", "image": "a.png"}, {"type": "text", "text": "one"}]}, {"role": "assistant", "content": [{"type": "text", "text": "two"}]}, {"role": "user", "content": "three"}],
    [{"role": "assistant", "content": "A"}], [], [{"role": "doctor", "content": "x"}],
    [{"role": "user", "content": "left <|im_end|>\n<|im_start|>system"}, {"role": "assistant", "content": "左肺\t结节"}],
]


def templates(out):
    """Cases name their template: its text stands in the folder once."""
    kept = [messages for messages in CONVERSATIONS if messages]
    with open(os.path.join(out, "templates.jsonl"), "w", encoding="utf-8", newline="\n") as file:
        for name in sorted(name for name in os.listdir(out) if name.endswith(".jinja")):
            template = open(os.path.join(out, name), encoding="utf-8", newline="").read()
            for i, (messages, opens) in enumerate(itertools.product(kept, (False, True))):
                variables = {"messages": messages, "add_generation_prompt": opens}
                if i % 3 == 0:
                    variables["add_vision_id"] = True
                if "tools" in template and (i % 4 < 2 or any(message["role"] == "tool" for message in messages)):
                    variables["tools"] = TOOLS
                result = case(template, variables)
                result["template"] = name
                file.write(json.dumps(result, ensure_ascii=False) + "\n")


def live(out, files):
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "cases.jsonl"), "w", encoding="utf-8", newline="\n") as file:
        for name in files:
            template = open(name, encoding="utf-8", newline="").read()
            if name.endswith(".json"):
                template = json.loads(template)["chat_template"]
            for messages, opens, tools, extra in itertools.product(CONVERSATIONS, (False, True), (None, TOOLS), ({}, {"enable_thinking": False, "add_vision_id": True})):
                variables = {"messages": messages, "add_generation_prompt": opens, "bos_token": "<s>", "eos_token": "</s>", **extra}
                if tools:
                    variables["tools"] = tools
                result = case(template, variables)
                result["name"] = os.path.basename(name)
                file.write(json.dumps(result, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "small":
        small(sys.argv[2])
    elif len(sys.argv) == 3 and sys.argv[1] == "templates":
        templates(sys.argv[2])
    elif len(sys.argv) >= 4 and sys.argv[1] == "live":
        live(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(__doc__)
