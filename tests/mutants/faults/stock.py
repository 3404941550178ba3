STOCK = ()
