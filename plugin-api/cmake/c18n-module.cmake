# c18n_add_module(NAME [SOURCES a.c …] [LIBRARIES lib …])
#
# Builds NAME.so, a c18n module: bound at load, no undefined symbol, one exported symbol. NAME is the
# module's id. LIBRARIES are what the module itself needs (PkgConfig targets or names). It works in
# this tree and, with the -dev package, in a third party's.
function(c18n_add_module name)
    cmake_parse_arguments(MODULE "" "" "SOURCES;LIBRARIES" ${ARGN})
    add_library(${name} MODULE ${MODULE_SOURCES})
    set_target_properties(${name} PROPERTIES
        PREFIX "" C_STANDARD 11 C_VISIBILITY_PRESET hidden
        LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/modules)
    if(TARGET c18n_plugin_api)
        target_link_libraries(${name} PRIVATE c18n_plugin_api)
    else()
        find_package(PkgConfig REQUIRED)
        pkg_check_modules(C18N_PLUGIN REQUIRED IMPORTED_TARGET c18n-plugin)
        target_link_libraries(${name} PRIVATE PkgConfig::C18N_PLUGIN)
    endif()
    target_link_libraries(${name} PRIVATE ${MODULE_LIBRARIES})
    if(NOT C18N_SANITIZE AND NOT C18N_COVERAGE) # their run-time symbols live in the program
        target_link_options(${name} PRIVATE -Wl,-z,defs)
    endif()
    target_link_options(${name} PRIVATE -Wl,-z,now)
    include(GNUInstallDirs)
    if(NOT C18N_MODULE_DIR)
        set(C18N_MODULE_DIR ${CMAKE_INSTALL_LIBDIR}/c18n/modules)
    endif()
    install(TARGETS ${name} LIBRARY DESTINATION ${C18N_MODULE_DIR})
endfunction()
