"""Modules that a test compiles, in folders of its own beside those of the build."""

import shutil
import subprocess

import harness

COMPILE = ["cc", "-std=c11", "-D_GNU_SOURCE", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers", "-shared", "-fPIC",
           "-fvisibility=hidden", "-Wl,-z,now", "-Wl,-z,defs", "-I", str(harness.TOP / "plugin-api/include")]


def compile_module(source, target, *flags):
    """From a file, or from a text; with the public headers and nothing else of the tree."""
    is_text = isinstance(source, str)
    given = ["-x", "c", "-"] if is_text else [str(source)]
    subprocess.run([*COMPILE, *flags, *given, "-o", str(target)], input=source.encode() if is_text else None, check=True, timeout=120)


def site_of(folder, *flags, **sources):
    """What a server is given to run with the tree's modules and conf.d and these, each with an empty section in 7N-NAME.conf."""
    modules, conf = folder / "modules", folder / "conf.d"
    modules.mkdir()
    shutil.copytree(harness.TOP / "conf.d", conf)
    for path in (harness.BUILD / "modules").glob("*.so"):
        shutil.copy(path, modules)
    for number, (name, source) in enumerate(sources.items()):
        compile_module(source, modules / (name + ".so"), *flags)
        (conf / ("7%d-%s.conf" % (number, name))).write_text("%s {\n}\n" % name)
    return {"settings": {"core.module_dir": str(modules)}, "conf": conf}
