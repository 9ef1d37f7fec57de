/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one place that says which version this is (with the project line of CMakeLists.txt). */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define RAFTLAB_VERSION "0.1.0"

#endif
