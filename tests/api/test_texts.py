"""Texts of all alphabets: counted in characters, kept to the byte, and never made of nothing."""

import pytest

INVISIBLE = [" ", "\n", "\u00a0", "\u3000", "\u200b\u200d", "\ufeff", "\u2028 \t", "\u202e"]
ALPHABETS = ["a", "é", "😀", "ש", "ا", "e\u0301", "👩\u200d👩\u200d👧", "漢", "\u202eevil", "\U0010ffff"]


@pytest.mark.parametrize("text", INVISIBLE)
@pytest.mark.parametrize("how", ["json", "data"])
def test_nothing_to_see(user, found, problem, text, how):
    owner = user()
    path = found(owner)
    post = owner.post(path + "/posts/new", json={"content": "seen"}).json()["_id"]
    for method, at, field in [("POST", path + "/posts/new", "content"), ("PUT", path + "/posts/" + post, "content"),
                              ("PATCH", path + "/posts/" + post, "content"), ("POST", "/communities/new", "name"),
                              ("PATCH", path, "name"), ("PUT", path, "name"), ("PATCH", "/users/" + owner.user, "name")]:
        problem(owner.request(method, at, **{how: {field: text}}), 422, field=field)
    assert owner.get(path + "/posts/" + post).json()["content"] == "seen"


@pytest.mark.parametrize("letter", ALPHABETS)
@pytest.mark.parametrize("how", ["json", "data"])
def test_limits_are_characters(user, found, problem, letter, how):
    """40,000 characters fit, whatever they take as bytes; one more does not."""
    owner = user()
    path = found(owner)
    text = (letter * 40000)[:40000]
    answer = owner.post(path + "/posts/new", **{how: {"content": text}})
    assert answer.status_code == 200 and answer.json()["content"] == text
    assert owner.get(path + "/posts/" + answer.json()["_id"]).json()["content"] == text
    problem(owner.post(path + "/posts/new", **{how: {"content": text + "x"}}), 422, field="content")


@pytest.mark.parametrize("letter", ALPHABETS)
def test_names_and_tags(user, found, letter):
    owner = user()
    name, tag = (letter * 200)[:200], (letter * 50)[:50]
    answer = owner.patch(found(owner), json={"name": name, "tags": [tag, tag + ""]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["name"] == name and answer.json()["tags"] == [tag, tag]
    assert owner.patch("/users/" + owner.user, json={"location": name}).json()["location"] == name


def test_search_meets_all_alphabets(user, found):
    owner = user()
    path = found(owner)
    for words, query in [("Καλημέρα κόσμε", "καλημέρα"), ("שלום עולם", "שלום"), ("Ünïcödé ẞharp", "unicode"),
                         ("漢字 テスト", "漢字"), ("cafe\u0301 noir", "café"), ("Þór Ångström", "angstrom")]:
        post = owner.post(path + "/posts/new", json={"content": words}).json()["_id"]
        for where in (path + "/posts/search", "/posts/search"):
            answer = owner.get(where, params={"q": query})
            assert answer.status_code == 200
            assert post in [hit["_id"] for hit in answer.json()], (words, query)


@pytest.mark.parametrize("tag, asked", [("Élan", "élan"), ("ÇATALCA", "çatalca"), ("Ответ", "оТВЕТ"), ("ΛΌΓΟΣ Α", "λόγοΣ α"),
                                        ("ŁÓDŹ", "łódź"), ("c++", "C++"), ("日本", "日本")])
def test_tags_in_any_case(user, found, tag, asked):
    owner = user()
    path = found(owner, tags=[tag, "other"])
    for query in (tag, asked, asked + ", Other"):
        hits = owner.get("/communities/search", params={"tags": query}).json()
        assert path.split("/")[-1] in [hit["_id"] for hit in hits], query
    assert owner.get("/communities/search", params={"tags": asked + "x"}).json() == []


@pytest.mark.parametrize("name, location", [("Zoë Ångström", "Århus"), ("Владимир", "Ёлкино"), ("Άννα ΠΑΠΑ", "Αθήνα"),
                                            ("Nguyễn", "Hà Nội"), ("O'Brien-Smith", "St. John's")])
def test_people_by_two_criteria_in_any_case(user, name, location):
    """The index answers the first; the second is looked at on each hit, and must fold letters alike."""
    person = user()
    assert person.patch("/users/" + person.user, json={"name": name, "location": location}).status_code == 200
    for fold in (str, str.lower):
        hits = person.get("/users/search", params={"name": fold(name), "location": fold(location)}).json()
        assert person.user in [hit["_id"] for hit in hits], fold
    wrong = person.get("/users/search", params={"name": name, "location": "Elsewhere"}).json()
    assert person.user not in [hit["_id"] for hit in wrong]


@pytest.mark.parametrize("query", ['"', "' OR 1=1 --", "a AND", "NEAR(a b)", "*", "a*b", "content:x", "-x", "^a", "{a b}",
                                   "(", ")", "\u0001", "a\u200db", "😀", "%", "_", "\\", "a" * 200, "a " * 100, "NOT", "OR OR"])
def test_searches_take_any_text(user, found, query):
    """Nothing of the index's own language comes through: every text is an answer, or a plain 400."""
    owner = user()
    path = found(owner)
    for where in (path + "/posts/search", "/posts/search", "/communities/search", "/users/search"):
        answer = owner.get(where, params={"q": query})
        assert answer.status_code == (400 if "\u0001" in query else 200), (where, answer.text)
