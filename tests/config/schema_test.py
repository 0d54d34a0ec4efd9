"""The JSON Schemas and the validator agree on the examples of cases/.

A case marked "beyond the schema" must pass the schema, every other bad one must fail it."""
import json
import pathlib
import sys

try:
    import tomllib
    from jsonschema import Draft202012Validator
except ImportError as missing:
    print(f"skipped: {missing}, wants Python 3.11 and python3-jsonschema")
    sys.exit(77)


def with_python_anchors(schema):
    """`$` is the very end in JSON Schema (ECMA 262), but in Python also the last newline."""
    if isinstance(schema, dict):
        return {key: value.replace("$", r"\Z") if key == "pattern" and isinstance(value, str)
                else with_python_anchors(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [with_python_anchors(value) for value in schema]
    return schema


def validator(path):
    schema = json.loads(path.read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(with_python_anchors(schema))


def read_cases(path):
    """(name, beyond, is bad, files), in the format that case_file.hpp describes."""
    cases, lines = [], None
    for line in path.read_text().splitlines():
        if line.startswith("--- "):
            name, _, mark = line[4:].partition(" | ")
            cases.append([name, mark == "beyond the schema", False, {}])
            lines = None
        elif not cases:
            continue
        elif line.startswith("> "):
            cases[-1][2] = True
        elif line.startswith("@ "):
            lines = cases[-1][3].setdefault(line[2:], [])
        else:
            lines = cases[-1][3].setdefault("web.toml", []) if lines is None else lines
            lines.append(line)
    return cases


def mistakes_of(files, role, node):
    for name, lines in files.items():
        try:
            document = tomllib.loads("\n".join(lines) + "\n")
        except tomllib.TOMLDecodeError as error:
            yield f"{name}: {error}"
            continue
        schema = node if name == "realserverd.toml" else role
        yield from (f"{name}: {error.message}" for error in schema.iter_errors(document))


def main(schemas, tables, shipped):
    role = validator(pathlib.Path(schemas) / "role.schema.json")
    node = validator(pathlib.Path(schemas) / "node.schema.json")
    paths = sorted(pathlib.Path(tables).glob("*.txt"))
    cases = [(path.stem, *case) for path in paths for case in read_cases(path)]
    for name in ("dr.toml", "realserverd.toml", "tun.toml"):
        lines = (pathlib.Path(shipped) / name).read_text().splitlines()
        cases.append(("shipped", name, False, False, {name: lines}))
    failures = 0
    for table, name, beyond, bad, files in cases:
        found = list(mistakes_of(files, role, node))
        if bool(found) != (bad and not beyond):
            failures += 1
            print(f"{table}: {name}: the schema should {'accept' if found else 'refuse'} this",
                  *found, sep="\n    ")
    refused = sum(bad and not beyond for _, _, beyond, bad, _ in cases)
    print(f"{len(cases)} cases, {refused} for the schema to refuse, {failures} failures")
    return 1 if failures or len(cases) < 60 else 0


sys.exit(main(*sys.argv[1:]))
