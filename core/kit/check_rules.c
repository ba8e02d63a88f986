/* check_rules.c: the rules, in words. docs/modules/checking.md has a section for each, by its id. */
#include "kit/check.h"

const struct check_rule_words check_rules[CHECK_RULES] = {
    [CHECK_FILE] = {"file", "a shared object for this machine, with a note and a descriptor",
                    "set right what C18N_MODULE is given; if it is given nothing of that, build it with "
                    "c18n_add_module() or the flags "
                    "of c18n-plugin.pc, for this machine and this ABI"},
    [CHECK_EXPORTS] = {"exports", "it exports its descriptor and nothing else",
                       "compile with -fvisibility=hidden; only C18N_MODULE makes a symbol visible"},
    [CHECK_BIND_NOW] = {"bind-now", "all its symbols are bound when it is loaded", "link with -Wl,-z,now"},
    [CHECK_CODE] = {"code", "code can't be written, the stack can't be run, nothing in code is relocated",
                    "compile with -fPIC, link with -Wl,-z,noexecstack; no nested functions, no assembler without "
                    ".note.GNU-stack"},
    [CHECK_RUN_PATH] = {"run-path", "its libraries are found where the system has them",
                        "link without -rpath (CMake: BUILD_WITH_INSTALL_RPATH); $ORIGIN is fine"},
    [CHECK_GLOBALS] = {"globals", "it has no writable globals",
                       "make it const, or a member of the module's state (.state_size), which the host allocates"},
    [CHECK_SYMBOLS] = {"symbols", "every symbol that it uses comes from a library that it names",
                       "link with what has the symbol, and with -Wl,-z,defs, so that the linker says so; from the host "
                       "nothing comes by name"},
    [CHECK_DESCRIPTOR] = {"descriptor", "descriptor and note say the same, and its tables can be walked",
                          "declare it by C18N_MODULE, tables by C18N_ALL, and leave no row half filled"},
    [CHECK_NAMES] = {"names", "ids and names are well formed and declared once", "rename it"},
    [CHECK_WORDS] = {"words", "whatever people will read is there: .does, .help",
                     "write the sentence: it stands in openapi.json, asyncapi.json, --settings, /metrics"},
    [CHECK_SETTINGS] = {"settings", "each setting takes its own default", "make .otherwise one of what the row allows"},
    [CHECK_LOADS] = {"loads", "a server takes it: tables, policies, settings, and the stages up to start",
                     "do what it says there"},
    [CHECK_ROUTES] = {"routes", "every route answers what it declares to valid input, whoever asks",
                      "set the handler right; what it may answer is in .fails. A 500 says why in "
                      "the log: in a test of yours with .log = 1"},
    [CHECK_ANSWERS] = {"answers", "answers have the members that are declared, of the declared types",
                       "bring .answer and what the handler writes together: clients are generated from .answer"},
    [CHECK_BAD_INPUT] = {"bad-input", "broken input is refused with 4xx",
                         "an optional field may be absent, and what the field table doesn't bound may be anything"},
    [CHECK_SOCKETS] =
        {"sockets", "every verb is answered, whoever sends it, and what is published is in order",
         "set the handler right. Why it is `internal` stands in the log: in a test of yours with .log = 1"},
    [CHECK_CATCH_UP] = {"catch-up", "what was published is in its channel's log, every number once and in order",
                        "catch_up adds all that comes after a number, without gaps; on failure return its code"},
    [CHECK_WORK] = {"work", "timers, consumers, imports and exports do their work",
                    "see what it gave; a consumer that always fails buries its events"},
    [CHECK_RELOAD] = {"reload", "settings can be proposed and taken, again and again",
                      "prepare changes nothing and may say no; commit can't fail; abort lets go of what prepare made"},
    [CHECK_REPLAY] = {"replay", "its views come out the same when they are built again from the history",
                      "apply and derive see the event and nothing else: no clock, no random number, no state"},
    [CHECK_CALLS] = {"failing-calls", "any call into the host may fail, and the request then fails in order",
                     "look at what each call gives; on failure return its code"},
    [CHECK_DRAIN] = {"drain", "it lets go of what waits, and leaves nothing behind",
                     "let go of everything in drain and stop: threads joined, descriptors closed"},
    [CHECK_STAGES] = {"failing-stages", "a stage in which a call fails says so",
                      "look at what each call gives; return its code; stop comes also after a failed init"},
    [CHECK_DISK] = {"full-disk", "a full disk is refused in order, and forgotten when there is room again",
                    "give C18N_NO_SPACE or C18N_IO; leave the file as the last commit left it"},
};
