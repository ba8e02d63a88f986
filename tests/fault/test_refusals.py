"""M1, M3: a module whose init can't be run is refused by name before anything of the server runs, also by `check`."""

import re
import subprocess

import httpx
import pytest

import harness
from own_modules import site_of

SOURCE = r"""
#include <c18n/module.h>
#include <stdlib.h>
#include <string.h>

static const c18n_setting settings[] = {{"how", C18N_SETTING_TEXT, 0, "well", .help = "How init goes."}};
static const c18n_metric metrics[] = {{"doomed_inits", C18N_METRIC_COUNTER, .help = "Calls of init."}};
static int answer(c18n_request *rq, void *module) { (void)module; return c18n_reply_empty(rq); }
static const c18n_route routes[] = {{"GET", "/doomed", answer, .allow = "public", .does = "Answer"}};
static int *volatile nowhere;

static int init(c18n_self *self)
{
    const char *how = c18n_setting_text(self, "how");
    c18n_metric_add(self, "doomed_inits", 1);
    c18n_log(self, C18N_LOG_NOTICE, "in init");
    if (strcmp(how, "touch") == 0)
        *nowhere = 1;
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "exit") == 0)
        exit(0);
    return strcmp(how, "fail") == 0 ? C18N_NO_SPACE : C18N_OK;
}

C18N_MODULE(doomed, "1.0.0", "Its init goes as it is told", "", .settings = C18N_ALL(settings),
            .metrics = C18N_ALL(metrics), .routes = C18N_ALL(routes), .init = init);
"""

ENDS = {"touch": "must not crash: Segmentation fault", "abort": "must not crash: Aborted",
        "exit": "must not end the process: it exited with ", "fail": "must succeed: it gave C18N_NO_SPACE (-14)"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return site_of(tmp_path_factory.mktemp("doomed"), doomed=SOURCE)


def server_of(site, **settings):
    named = {"doomed." + key: value for key, value in settings.items()}
    return harness.Server({**site["settings"], **named}, conf=site["conf"])


@pytest.mark.parametrize("how", ENDS)
def test_M3_it_is_refused_by_check_and_by_the_start(site, how):
    server = server_of(site, how=how)
    daemon = [str(server.daemon)] + server.arguments()
    for command in (daemon + ["--check"], daemon, [str(server.tool)] + server.arguments() + ["check"]):
        told = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert told.returncode == 78, told.stderr
        assert "%s/doomed.so: refused\n" % site["settings"]["core.module_dir"] in told.stderr
        assert "the broken rule:  its stage init %s" % ENDS[how] in told.stderr
        assert told.stderr.count("in init") == 1, "in the refusal, and nothing comes from the child itself"
    assert not server.data.exists(), "nothing was opened"
    server.folder.cleanup()


@pytest.mark.parametrize("how", ENDS)
def test_M3_an_optional_one_is_left_out(site, how):
    with server_of(site, how=how, optional="true") as server:
        state = httpx.get(server.operators + "/readyz", trust_env=False)
        assert state.status_code == 200
        assert state.json()["modules"]["doomed"]["state"] == "left_out"
        assert ENDS[how] in state.json()["modules"]["doomed"]["detail"]
        assert server.client().get("/doomed").status_code == 404
        assert "doomed: left out, and optional: the server starts without it: its stage init " in server.text_log()
        advised = "the host has only tried it, in a child process; to do: "
        assert advised in server.text_log()
        for command, lead in (("check", "doomed is optional and left out: "), ("modules", "left out  ")):
            assert re.search("%sits stage init %s.*\n +%s" % (lead, re.escape(ENDS[how]), advised), server.ctl(command).stdout)
        listed = httpx.get(server.operators + "/modules", trust_env=False).json()
        assert [advised in module["advice"] for module in listed if module["id"] == "doomed"] == [True]


def test_a_rehearsed_init_counts_once(site):
    with server_of(site) as server:
        counted = httpx.get(server.operators + "/metrics", trust_env=False).text
        assert "\ndoomed_inits 1\n" in counted or "doomed_inits_total 1\n" in counted, counted
        assert server.text_log().count("in init") == 1
        assert server.client().get("/doomed").status_code == 200


@pytest.mark.parametrize("module", ["storage_sqlite", "users"])
def test_M1_what_no_server_is_without_is_not_optional(module):
    server = harness.Server({module + ".optional": "true"})
    told = server.ctl("check", check=False)
    assert told.returncode == 78
    assert "--set %s.optional: can't be true: it provides what no server is without" % module in told.stderr, told.stderr
    server.folder.cleanup()


DECLARES = r"""
#include <c18n/module.h>
static int apply(const c18n_event *event, c18n_changes *changes) { (void)event; (void)changes; return C18N_OK; }
static const c18n_event_type events[] = {{"misled.said", "%s", 1, .help = "Somebody said something"}};
static const c18n_view views[] = {{"misled", .version = 1, .indexes = "%s", .help = "What was said"}};
C18N_MODULE(misled, "1.0.0", "Declares what can't be", "", .events = C18N_ALL(events), .views = C18N_ALL(views), .apply = apply);
"""


@pytest.mark.parametrize("topic, index, words", [
    ("potatoes", "created_on", "its topic must be one of messages likes"),
    ("posts", "created_on downwards", "its indexes can't be understood"),
])
def test_M1_what_the_data_would_refuse_check_tells_already(tmp_path, topic, index, words):
    server = harness.Server(**site_of(tmp_path, misled=DECLARES % (topic, index)))
    told = server.ctl("check", check=False)
    assert told.returncode == 78 and "misled" in told.stderr and words in told.stderr
    assert not server.data.exists()
    server.folder.cleanup()
