WALLS = ()
