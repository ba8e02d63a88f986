# For modules of c18n, in its tree and, with the -dev package, in a third party's (`c18nctl module new` makes one).
#
# c18n_add_module(ID SOURCES a.c … [LIBRARIES lib …] [CONF NN-ID.conf])
#   Builds modules/ID.so: bound at load, no undefined symbol, one exported symbol. ID is the module's id. LIBRARIES are
#   what the module itself needs (PkgConfig targets or names). It is installed into the folder of modules; CONF, with
#   the module's settings, into etc/c18n/conf.d (/etc under the prefix /usr), unless a file of that name is there.
#
# c18n_add_module_test(ID SOURCES test.c …)
#   After enable_testing(): builds and adds a test of the module on the test host: <c18n/testhost.h>, with the macro
#   MODULE_FILE, the path of ID.so from the build folder, in which the test runs. It fails when it ends with other than
#   0. `c18nctl module check ID.so` is added, too.
#
# c18n_package_module(ID CONTACT "Name <address>" [DEPENDS "libcurl4, …"])
#   After project(): `cpack` in the build folder makes a deb, c18n-module-ID, for machines that have a c18n of this ABI
#   installed by its package. The file of CONF is a conffile: what an operator changed in it survives an upgrade.
#   DEPENDS are what its own libraries come in; libc is c18n's. Version and description are the project's.

# What the installed c18n says of itself: C18N_PLUGIN_<name>, with folders relative to its prefix.
macro(c18n_ask_plugin)
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(C18N_PLUGIN REQUIRED IMPORTED_TARGET c18n-plugin)
    foreach(name prefix moduledir c18nctl abi)
        pkg_get_variable(C18N_PLUGIN_${name} c18n-plugin ${name})
    endforeach()
    file(RELATIVE_PATH C18N_PLUGIN_moduledir ${C18N_PLUGIN_prefix} ${C18N_PLUGIN_moduledir})
endmacro()

function(c18n_add_module name)
    cmake_parse_arguments(MODULE "" "CONF" "SOURCES;LIBRARIES" ${ARGN})
    add_library(${name} MODULE ${MODULE_SOURCES})
    set_target_properties(${name} PROPERTIES
        PREFIX "" C_STANDARD 11 C_VISIBILITY_PRESET hidden
        LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/modules)
    if(TARGET c18n_plugin_api)
        target_link_libraries(${name} PRIVATE c18n_plugin_api)
        set(C18N_PLUGIN_moduledir ${CMAKE_INSTALL_LIBDIR}/c18n/modules)
    else()
        c18n_ask_plugin()
        target_link_libraries(${name} PRIVATE PkgConfig::C18N_PLUGIN)
    endif()
    target_link_libraries(${name} PRIVATE ${MODULE_LIBRARIES})
    if(NOT C18N_SANITIZE AND NOT C18N_COVERAGE) # their run-time symbols live in the program
        target_link_options(${name} PRIVATE -Wl,-z,defs)
    endif()
    target_link_options(${name} PRIVATE -Wl,-z,now)
    if(NOT C18N_MODULE_DIR)
        set(C18N_MODULE_DIR ${C18N_PLUGIN_moduledir})
    endif()
    install(TARGETS ${name} LIBRARY DESTINATION ${C18N_MODULE_DIR} COMPONENT runtime)
    if(MODULE_CONF)
        c18n_install_conf(${MODULE_CONF})
        set_target_properties(${name} PROPERTIES C18N_CONF ${MODULE_CONF})
    endif()
endfunction()

# The prefix may be chosen as late as `cmake --install BUILD --prefix DIR`, so the folder of conf.d is, too.
function(c18n_install_conf file)
    install(CODE "
        set(folder \${CMAKE_INSTALL_PREFIX}/etc/c18n/conf.d)
        if(CMAKE_INSTALL_PREFIX STREQUAL /usr)
            set(folder /etc/c18n/conf.d)
        endif()
        if(EXISTS \"\$ENV{DESTDIR}\${folder}/${file}\")
            message(STATUS \"Kept as it is: \$ENV{DESTDIR}\${folder}/${file}\")
        else()
            file(INSTALL \"${CMAKE_CURRENT_SOURCE_DIR}/${file}\" DESTINATION \${folder})
        endif()" COMPONENT runtime)
endfunction()

function(c18n_add_module_test name)
    cmake_parse_arguments(TEST "" "" "SOURCES" ${ARGN})
    c18n_ask_plugin()
    pkg_check_modules(C18N_TESTHOST REQUIRED IMPORTED_TARGET c18n-testhost)
    add_executable(test_${name} ${TEST_SOURCES})
    set_target_properties(test_${name} PROPERTIES C_STANDARD 11)
    # Relative, since the test host takes a list with blanks in between, and there may be one in the build folder's name.
    target_compile_definitions(test_${name} PRIVATE
        MODULE_FILE="$<PATH:RELATIVE_PATH,$<TARGET_FILE:${name}>,${CMAKE_BINARY_DIR}>")
    target_link_libraries(test_${name} PRIVATE PkgConfig::C18N_TESTHOST)
    add_dependencies(test_${name} ${name})
    add_test(NAME ${name} COMMAND test_${name} WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
    add_test(NAME ${name}_check COMMAND ${C18N_PLUGIN_c18nctl} module check $<TARGET_FILE:${name}>)
endfunction()

function(c18n_package_module name)
    cmake_parse_arguments(PACKAGE "" "CONTACT;DEPENDS" "" ${ARGN})
    c18n_ask_plugin()
    string(REPLACE _ - debian_name ${name}) # names of packages have no _
    set(CPACK_GENERATOR DEB)
    set(CPACK_PACKAGE_NAME c18n-module-${debian_name})
    set(CPACK_PACKAGE_CONTACT "${PACKAGE_CONTACT}")
    set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
    set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION} (module of the c18n community server)")
    set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
    set(CPACK_DEBIAN_PACKAGE_SECTION net)
    # Provided by the c18n of an ABI, which a module of an older minor runs on, too.
    string(REGEX REPLACE "\\..*" "" major ${C18N_PLUGIN_abi})
    set(CPACK_DEBIAN_PACKAGE_DEPENDS "c18n-abi-${major} (>= ${C18N_PLUGIN_abi})")
    if(PACKAGE_DEPENDS)
        string(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS ", ${PACKAGE_DEPENDS}")
    endif()
    # Into the root of a machine: the prefix /usr decides where the file of conf.d goes.
    set(CPACK_SET_DESTDIR ON)
    set(CPACK_INSTALL_PREFIX /usr)
    set(CPACK_STRIP_FILES ON)
    set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
        OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    get_target_property(conf ${name} C18N_CONF)
    if(conf)
        file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/package/conffiles "/etc/c18n/conf.d/${conf}\n")
        set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_BINARY_DIR}/package/conffiles)
    endif()
    include(CPack)
endfunction()
