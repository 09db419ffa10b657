use serde_json::json;

use super::super::problem::Place;
use super::*;

fn run(json: Json, schema: &Json) -> (Json, Vec<String>) {
    let mut problems = Vec::new();
    let mut tree = super::super::read::Format::Json.read(&json.to_string(), &mut problems);
    check(&mut tree, schema, Path::new("."), &mut problems);
    (tree.to_json(), problems.iter().map(|p| format!("{}: {}", p.key(), p.fault.what)).collect())
}

#[test]
fn wrong_parts_are_reported_together_and_taken_out() {
    let schema = json!({"type": "object", "additionalProperties": false, "properties": {
        "a": {"type": "string"}, "b": {"type": ["integer", "null"], "minimum": 1},
        "c": {"type": "array", "items": {"type": "string", "enum": ["x", "y"]}},
        "d": {"type": "boolean", "x-aliases": ["dee"]}
    }});
    let (left, problems) =
        run(json!({"a": 1, "b": 0, "c": ["x", "z", 3], "dee": true, "e": {}, "b2": null}), &schema);
    assert_eq!(left, json!({"c": ["x"], "d": true}));
    assert_eq!(
        problems,
        [
            "a: this must be text, but it is a whole number",
            "b: 0 is too small; the least is 1",
            "c[1]: \"z\" is not known here",
            "c[2]: this must be text, but it is a whole number",
            "e: this key is not known",
        ]
    );
}

#[test]
fn an_alias_beside_its_key_is_a_repeat() {
    let schema = json!({"type": "object", "additionalProperties": false, "properties": {
        "d": {"type": "boolean", "x-aliases": ["dee"]}
    }});
    let (left, problems) = run(json!({"dee": true, "d": false}), &schema);
    assert_eq!(left, json!({"d": true}));
    assert_eq!(problems, ["d: this is written twice"]);
}

#[test]
fn problems_of_an_environment_variable_name_it() {
    let place = Place::Environment("SIGNET__A".into());
    let entry = Entry { name: "a".into(), place: place.clone(), node: Node::new(Value::Bool(true), place) };
    let mut tree = Node::new(Value::Table(vec![entry]), Place::Nowhere);
    let mut problems = Vec::new();
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
    check(&mut tree, &schema, Path::new("."), &mut problems);
    assert!(problems[0].to_string().starts_with("environment variable SIGNET__A: `a`: "), "{}", problems[0]);
}
