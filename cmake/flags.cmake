# One place for the language, the warnings and the hardening.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(TG_WERROR "warnings are errors" OFF)
option(TG_HARDEN "release hardening" OFF)
option(TG_FAST_KEYS "key files that are cheap to open, for tests alone" OFF)
if(TG_FAST_KEYS AND TG_HARDEN)
    message(FATAL_ERROR "TG_FAST_KEYS is for tests: what is shipped has key files that are hard to guess")
endif()
if(TG_FAST_KEYS)
    add_compile_definitions(TG_FAST_KEYS)
endif()
option(TG_FUZZ "fuzz targets instead of tests" OFF)
option(TG_BENCH "measuring programs instead of tests" OFF)
set(TG_SANITIZE "" CACHE STRING "sanitizers, as for -fsanitize=")

add_compile_definitions(_GNU_SOURCE)
add_compile_options(
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wswitch-enum -Wstrict-prototypes
    -Wmissing-prototypes -Wold-style-definition -Wundef -Wpointer-arith -Wcast-align -Wcast-qual
    -Wwrite-strings -Wformat=2 -Wvla -Wnull-dereference -Wdouble-promotion -Wimplicit-fallthrough
    -fno-common -fno-strict-aliasing)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wlogical-op -Wduplicated-cond -Wduplicated-branches)
endif()
if(TG_WERROR)
    add_compile_options(-Werror)
endif()
if(TG_HARDEN)
    add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
                        -D_FORTIFY_SOURCE=3)
    add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
if(TG_SANITIZE)
    add_compile_options(-fsanitize=${TG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${TG_SANITIZE})
    if(TG_SANITIZE MATCHES "address")
        # 110,000 relocations at the start of every process, of which the suite starts thousands.
        add_compile_options(-fno-pie)
        add_link_options(-no-pie)
    endif()
endif()

# tg_library(NAME PUBLIC deps...): the folder's static library from its own *.c.
function(tg_library name)
    cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
    list(FILTER sources EXCLUDE REGEX "/(main|tamgad)\\.c$")
    if(NOT sources)
        file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/empty.c "extern int tg_${name}_empty;\n")
        set(sources ${CMAKE_CURRENT_BINARY_DIR}/empty.c)
    endif()
    add_library(tg_${name} STATIC ${sources})
    target_include_directories(tg_${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(tg_${name} PUBLIC ${ARG_LINKS})
endfunction()
